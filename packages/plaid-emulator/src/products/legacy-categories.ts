// Plaid's legacy categories, facts that /categories/get still lists. An id is a number of two
// digits for the first level and of three for each other, counted in the order of the outline.
import type { Category } from 'plaid'

export function legacyCategories(): Category[] {
  const categories: Category[] = []
  let [top, group, name, title] = ['', '', '', '']
  let [second, third] = [0, 0]
  const add = (hierarchy: string[]): void => {
    const category_id = `${top}${three(second)}${three(third)}`
    categories.push({ category_id, group: SPECIAL.has(category_id) ? 'special' : group, hierarchy })
  }
  for (const line of OUTLINE.trim().split('\n')) {
    const first = /^(\d\d) (place|special) (.+)$/.exec(line)
    if (first !== null) {
      ;[, top = '', group = '', name = ''] = first
      ;[second, third] = [0, 0]
      add([name])
    } else if (line.startsWith('  ')) {
      for (const leaf of line.trim().split('; ')) {
        third++
        add([name, title, leaf])
      }
    } else {
      for (const each of line.split('; ')) {
        ;[second, third, title] = [second + 1, 0, each]
        if (each !== UNUSED) add([name, title])
      }
    }
  }
  return categories
}

function three(value: number): string {
  return String(value).padStart(3, '0')
}

/** Travels that begin at no shop. */
const SPECIAL: ReadonlySet<string> = new Set([
  '22001000',
  '22006001',
  '22008000',
  '22016000',
  '22017000',
])

/** A number that Plaid does not use. */
const UNUSED = '-'

/**
 * The first level with its number and group: `place` for what happens at a shop, `special` for what
 * does not. Below it the second level and, moved in, the third one of what stands before it.
 */
const OUTLINE = `
10 special Bank Fees
Overdraft; ATM; Late Payment; Fraud Dispute; Foreign Transaction; Wire Transfer
Insufficient Funds; Cash Advance; Excess Activity
11 special Cash Advance
12 place Community
Animal Shelter; Assisted Living Services
  Facilities and Nursing Homes; Caretakers
Cemetery; Courts; Day Care and Preschools; Disabled Persons Services; Drug and Alcohol Services
Education
  Vocational Schools; Tutoring and Educational Services; Primary and Secondary Schools
  Fraternities and Sororities; Driving Schools; Dance Schools; Culinary Lessons and Schools
  Computer Training; Colleges and Universities; Art School; Adult Education
Government Departments and Agencies; Government Lobbyists; Housing Assistance and Shelters
Law Enforcement
  Police Stations; Fire Stations; Correctional Institutions
Libraries; Military; Organizations and Associations
  Youth Organizations; Environmental; Charities and Non-Profits
Post Offices; Public and Social Services; Religious
  Temple; Synagogues; Mosques; Churches
Senior Citizen Services
  Retirement
13 place Food and Drink
Bar
  Wine Bar; Sports Bar; Hotel Lounge
Breweries; Internet Cafes; Nightlife
  Strip Club; Night Clubs; Karaoke; Jazz and Blues Cafe; Hookah Lounges; Adult Entertainment
Restaurants
  Winery; Vegan and Vegetarian; Turkish; Thai; Swiss; Sushi; Steakhouses; Spanish; Seafood
  Scandinavian; Portuguese; Pizza; Moroccan; Middle Eastern; Mexican; Mediterranean
  Latin American; Korean; Juice Bar; Japanese; Italian; Indonesian; Indian; Ice Cream; Greek
  German; Gastropub; French; Food Truck; Fish and Chips; Filipino; Fast Food; Falafel; Ethiopian
  Eastern European; Donuts; Distillery; Diners; Dessert; Delis; Cupcake Shop; Cuban; Coffee Shop
  Chinese; Caribbean; Cajun; Cafe; Burrito; Burgers; Breakfast Spot; Brazilian; Barbecue; Bakery
  Bagel Shop; Australian; Asian; American; African; Afghan
14 place Healthcare
Healthcare Services
  Psychologists; Pregnancy and Sexual Health; Podiatrists; Physical Therapy; Optometrists
  Nutritionists; Nurses; Mental Health; Medical Supplies and Labs
  Hospitals, Clinics and Medical Centers; Emergency Services; Dentists; Counseling and Therapy
  Chiropractors; Blood Banks and Centers; Alternative Medicine; Acupuncture
Physicians
  Urologists; Respiratory; Radiologists; Psychiatrists; Plastic Surgeons; Pediatricians
  Pathologists; Orthopedic Surgeons; Ophthalmologists; Oncologists
  Obstetricians and Gynecologists; Neurologists; Internal Medicine; General Surgery
  Gastroenterologists; Family Medicine; Ear, Nose and Throat; Dermatologists; Cardiologists
  Anesthesiologists
15 special Interest
Interest Earned; Interest Charged
16 special Payment
Credit Card; Rent; Loan
17 place Recreation
Arts and Entertainment
  Theatrical Productions; Symphony and Opera; Sports Venues; Social Clubs
  Psychics and Astrologers; Party Centers; Music and Show Venues; Museums; Movie Theatres
  Fairgrounds and Rodeos; Entertainment; Dance Halls and Saloons; Circuses and Carnivals
  Casinos and Gaming; Bowling; Billiards and Pool; Art Dealers and Galleries
  Arcades and Amusement Parks; Aquarium
Athletic Fields; Baseball; Basketball; Batting Cages; Boating; Campgrounds and RV Parks
Canoes and Kayaks; Combat Sports; Cycling; Dance; Equestrian; Football; Go Carts; Golf; Gun Ranges
Gymnastics; Gyms and Fitness Centers; Hiking; Hockey; Hot Air Balloons; Hunting and Fishing
Landmarks
  Monuments and Memorials; Historic Sites; Gardens; Buildings and Structures
Miniature Golf; Outdoors
  Rivers; Mountains; Lakes; Forests; Beaches
Paintball; Parks
  Playgrounds; Picnic Areas; Natural Parks
Personal Trainers; Race Tracks; Racquet Sports; Racquetball; Rafting; Recreation Centers
Rock Climbing; Running; Scuba Diving; Skating; Skydiving; Snow Sports; Soccer
Sports and Recreation Camps; Sports Clubs; Stadiums and Arenas; Swimming; Tennis; Water Sports
Yoga and Pilates; Zoo
18 place Service
Advertising and Marketing
  Writing, Copywriting and Technical Writing; Search Engine Marketing and Optimization
  Public Relations; Promotional Items; Print, TV, Radio and Outdoor Advertising
  Online Advertising; Market Research and Consulting; Direct Mail and Email Marketing Services
  Creative Services; Advertising Agencies and Media Buyers
-; Art Restoration; Audiovisual; Automation and Control Systems; Automotive
  Towing; Motorcycle, Moped and Scooter Repair; Maintenance and Repair; Car Wash and Detail
  Car Appraisers; Auto Transmission; Auto Tires; Auto Smog Check; Auto Oil and Lube
Business and Strategy Consulting; Business Services
  Printing and Publishing
Cable; Chemicals and Gasses; Cleaning; Computers
  Maintenance and Repair; Software Development
Construction
  Specialty; Roofers; Painting; Masonry; Infrastructure; Heating, Ventilating and Air Conditioning
  Electricians; Contractors; Carpet and Flooring; Carpenters
Credit Counseling and Bankruptcy Services; Dating and Escort; Employment Agencies; Engineering
Entertainment
  Media
Events and Event Planning; Financial
  Taxes; Student Aid and Grants; Stock Brokers; Loans and Mortgages
  Holding and Investment Offices; Fund Raising; Financial Planning and Investments
  Credit Reporting; Collections; Check Cashing; Business Brokers and Franchises
  Banking and Finance; ATMs; Accounting and Bookkeeping
Food and Beverage
  Distribution; Catering
Funeral Services; Geological; Home Improvement
  Upholstery; Tree Service; Swimming Pool Maintenance and Services; Storage; Roofers
  Pools and Spas; Plumbing; Pest Control; Painting; Movers; Mobile Homes; Lighting Fixtures
  Landscaping and Gardeners; Kitchens; Interior Design; Housewares; Home Inspection Services
  Home Appliances; Heating, Ventilation and Air Conditioning; Hardware and Services
  Fences, Fireplaces and Garage Doors; Electricians; Doors and Windows; Contractors
  Carpet and Flooring; Carpenters; Architects
Household; Human Resources; Immigration; Import and Export; Industrial Machinery and Vehicles
Insurance; Internet Services; Leather; Legal; Logging and Sawmills; Machine Shops; Management
Manufacturing
  Apparel and Fabric Products; Chemicals and Gasses; Computers and Office Machines
  Electrical Equipment and Components; Food and Beverage; Furniture and Fixtures; Glass Products
  Industrial Machinery and Equipment; Leather Goods; Metal Products; Nonmetallic Mineral Products
  Paper Products; Petroleum; Plastic Products; Rubber Products; Service Instruments; Textiles
  Tobacco; Transportation Equipment; Wood Products
Media Production; Metals; Mining
  Coal; Metal; Non-Metallic Minerals
News Reporting; Oil and Gas; Packaging; Paper; Personal Care
  Tattooing; Tanning Salons; Spas; Skin Care; Piercing; Massage Clinics and Therapists
  Manicures and Pedicures; Laundry and Garment Services; Hair Salons and Barbers; Hair Removal
Petroleum; Photography; Plastics; Rail; Real Estate
  Real Estate Development and Title Companies; Real Estate Appraiser; Real Estate Agents
  Property Management; Corporate Housing; Commercial Real Estate; Building and Land Surveyors
  Boarding Houses; Apartments, Condos and Houses; Rent
Refrigeration and Ice; Renewable Energy; Repair Services; Research; Rubber; Scientific
Security and Safety; Shipping and Freight; Software Development; Storage; Subscription; Tailors
Telecommunication Services; Textiles; Tourist Information and Services; Transportation
Travel Agents and Tour Operators; Utilities
  Water; Sanitary and Waste Management; Heating, Ventilating, and Air Conditioning; Gas; Electric
Veterinarians; Water and Waste Management; Web Design and Development; Welding
Agriculture and Forestry
  Crop Production; Forestry; Livestock and Animals; Services
Art and Graphic Design
19 place Shops
Adult; Antiques; Arts and Crafts; Auctions; Automotive
  Used Car Dealers; Salvage Yards; RVs and Motor Homes; Motorcycles, Mopeds and Scooters
  Classic and Antique Car; Car Parts and Accessories; Car Dealers and Leasing
Beauty Products; Bicycles; Boat Dealers; Bookstores; Cards and Stationery; Children
Clothing and Accessories
  Women's Store; Swimwear; Shoe Store; Men's Store; Lingerie Store; Kids' Store; Boutique
  Accessories Store
Computers and Electronics
  Video Games; Mobile Phones; Cameras
Construction Supplies; Convenience Stores; Costumes; Dance and Music; Department Stores
Digital Purchase; Discount Stores; Electrical Equipment; Equipment Rental; Flea Markets; Florists
Food and Beverage Store
  Specialty; Health Food; Farmers Markets; Beer, Wine and Spirits
Fuel Dealer; Furniture and Home Decor; Gift and Novelty; Glasses and Optometrist; Hardware Store
Hobby and Collectibles; Industrial Supplies; Jewelry and Watches; Luggage; Marine Supplies
Music, Video and DVD; Musical Instruments; Newsstands; Office Supplies; Outlet
  Women's Store; Swimwear; Shoe Store; Men's Store; Lingerie Store; Kids' Store; Boutique
  Accessories Store
Pawn Shops; Pets; Pharmacies; Photos and Frames; Shopping Centers and Malls; Sporting Goods
Supermarkets and Groceries; Tobacco; Toys; Vintage and Thrift; Warehouses and Wholesale Stores
Wedding and Bridal; Wholesale; Lawn and Garden
20 special Tax
Refund; Payment
21 special Transfer
Internal Account Transfer; ACH; Billpay; Check; Credit; Debit; Deposit
  Check; ATM
Keep the Change Savings Program; Payroll
  Benefits
Third Party
  Venmo; Square Cash; Square; PayPal; Dwolla; Coinbase; Chase QuickPay; Acorns; Digit; Betterment
  Plaid
Wire; Withdrawal
  Check; ATM
Save As You Go
22 place Travel
Airlines and Aviation Services; Airports; Boat; Bus Stations; Car and Truck Rentals; Car Service
  Ride Share
Charter Buses; Cruises; Gas Stations; Heliports; Limos and Chauffeurs; Lodging
  Resorts; Lodges and Vacation Rentals; Hotels and Motels; Hostels; Cottages and Cabins
  Bed and Breakfasts
Parking; Public Transportation Services; Rail; Taxi; Tolls and Fees; Transportation Centers
`
